"""A good request for every RPC, made fresh for each call. A new RPC without one here fails the tests."""
import uuid

from hard_area import hard_run, put_hard_area
from instants import full_hour, iso


class Maker:
    """Makes requests; rows they need are made by admin-1 and belong to owner-1."""

    def __init__(self, system, numbers):
        self.system, self.numbers = system, numbers
        self.hard = None

    def id(self, prefix):
        return f"{prefix}-{next(self.numbers):06d}"

    def new_der(self, **fields):
        return self.system.register(self.id("M"), **fields)

    def register(self, **fields):
        return {"der_id": self.id("M"), "type": "DER_TYPE_WIND", "capacity_kw": 500, "region_id": "NORTH",
                "location": {"latitude_deg": 38, "longitude_deg": -121}, "owner_id": "owner-1", **fields}

    def status(self):
        return {"der_id": self.new_der(), "status": "DER_STATUS_ONLINE"}

    def reading(self):
        return {"der_id": self.new_der(), "power_kw": 42.5, "voltage_v": 480, "frequency_hz": 60}

    def maintenance(self):
        return {"der_id": self.new_der(), "kind": "MAINTENANCE_KIND_INSPECTION", "starts_at": iso(full_hour()),
                "ends_at": iso(full_hour(2)), "notes": "looked at it"}

    @staticmethod
    def nameplate(**fields):
        """Of the solar DERs that new_der makes."""
        return {"p_max_kw": 100, "s_max_kva": 110, "q_inject_kvar": 48.4, "q_absorb_kvar": 48.4,
                "normal_category": "NORMAL_CATEGORY_B", "abnormal_category": "ABNORMAL_CATEGORY_II",
                "supported_modes": ["QV", "PV", "PF"], **fields}

    @staticmethod
    def grid_settings():
        """Something of every group, so that every field is met by bad values."""
        return {"ratings": {"p_max_kw": 90}, "power_limit": {"limit_pu": 0.9}, "enter_service": {"delay_s": 200},
                "constant_pf": {"power_factor": 0.95}, "constant_q": {"q_pu": 0.1}, "volt_var": {"enabled": True},
                "watt_var": {"p2_gen_pu": 0.5}, "volt_watt": {"enabled": True}, "droop": {"k_of": 0.04},
                "trip": {"uv1_s": 12}}

    def grid_evaluation(self, **fields):
        return {"nameplate": self.nameplate(), "settings": self.grid_settings(),
                "samples": [{"v_pu": 1, "f_hz": 60, "available_kw": 50}, {"time_s": 1, "v_pu": 0.95, "operating_kw": 40}],
                **fields}

    def with_nameplate(self):
        der = self.new_der()
        self.system.must("ComplianceService/PutNameplate", {"der_id": der, "nameplate": self.nameplate()}, "owner-1")
        return der

    def series(self, name=None, kind="SERIES_KIND_LOAD_KW", values=None):
        return {"series": {"series_id": name or self.id("s"), "kind": kind, "starts_at": iso(full_hour(-24)),
                           "interval": "3600s", "values": values or [50.0] * 96}}

    def past(self):
        """A series with two months of the past, enough to learn from."""
        series = self.series()
        series["series"].update(starts_at=iso(full_hour(-24 * 60)), values=[50.0 + hour % 24 for hour in range(24 * 60)])
        self.system.must("SeriesService/PutSeries", series)
        return series["series"]["series_id"]

    def geothermal(self):
        """A DER whose availability depends on no weather."""
        return {"der_id": self.new_der(type="DER_TYPE_GEOTHERMAL", capacity_kw=1000)}

    def area(self):
        """An area of its own with load, prices and one battery that is ONLINE."""
        region, load, price = self.id("A"), self.id("load"), self.id("price")
        self.system.must("SeriesService/PutSeries", self.series(load))
        self.system.must("SeriesService/PutSeries", self.series(price, "SERIES_KIND_PRICE_USD_PER_KWH", [0.1, 0.2] * 48))
        self.system.must("RegistryService/PutRegion", {"region": {
            "region_id": region, "load_series_id": load, "import_price_series_id": price}})
        der = self.new_der(type="DER_TYPE_BATTERY", region_id=region, online=True,
                           parameters={"energy_capacity_kwh": 400})
        return region, der

    def optimize(self, **fields):
        region, _ = self.area()
        return {"region_id": region, **fields}

    @staticmethod
    def solve():
        """A problem with a device of every kind; small, because it is sent often."""
        full = {"profile_id": "full"}
        kinds = [{"renewable": {"availability_kw": full}}, {"hydro": {"availability_kw": full}},
                 {"storage": {"charge_max_kw": 1, "discharge_max_kw": 1, "energy_max_kwh": 2, "inflow_kw": full,
                              "targets": [{"interval": 1}]}},
                 {"unit": {"max_kw": 2, "committable": True, "cost_pieces": [{"up_to_kw": 2, "usd_per_kwh": 0.1}],
                           "start_costs": [{"usd": 1}], "maintenance": [{"first": 0, "end": 1}]}},
                 {"flexible_load": {"window": {"first": 0, "end": 2}, "energy_kwh": 1, "max_kw": 1}}]
        return {"problem": {"interval": "3600s", "interval_count": 2, "starts_at": iso(full_hour()),
                            "regions": [{"region_id": "home", "demand_kw": [3], "import_price_usd_per_kwh": [0.2]}],
                            "profiles": [{"profile_id": "full", "values": [1, 0.5]}],
                            "devices": [{"device_id": f"D-{n}", **kind} for n, kind in enumerate(kinds)]},
                "time_limit": "5s"}

    def run_id(self):
        return self.system.must("OptimizerService/OptimizeResources", self.optimize()).value["run"]["run_id"]

    def schedule_carbon(self):
        carbon = self.id("co2")
        self.system.must("SeriesService/PutSeries", self.series(carbon, "SERIES_KIND_CARBON_KG_PER_KWH", [0.4] * 96))
        return {"run_id": self.run_id(), "intensity_series_id": carbon}

    def policy(self, **fields):
        """Paused, so that nothing runs by itself beside other tests."""
        region, _ = self.area()
        return {"policy": {"policy_id": self.id("P"), "every": "3600s", "paused": True,
                           "request": {"region_id": region, "interval": "900s", "interval_count": 4}}, **fields}

    def policy_id(self):
        return self.system.must("OptimizerService/PutPolicy", self.policy()).value["policy"]["policy_id"]

    def running_run_id(self):
        """A run that is being solved; the same one as long as it is."""
        if self.hard is None:
            self.hard = put_hard_area(self.system, self.id("HARD"))
        running = self.system.must("OptimizerService/ListRuns", {"region_id": self.hard, "state": "RUN_STATE_RUNNING"}).value
        fresh = [run for run in running.get("runs", []) if "cancelled_by" not in run]
        if fresh:
            return fresh[0]["run_id"]
        request = hard_run(self.hard, 20, background=True)
        return self.system.must("OptimizerService/OptimizeResources", request).value["run"]["run_id"]

    def emergency(self, **fields):
        self.new_der(region_id="SOUTH")
        return {"region_id": "SOUTH", "power_kw": 0, "duration": "60s", "reason": "test", **fields}

    def waiting_emergency_id(self):
        return self.system.must("EmergencyService/AllocateEmergency",
                                self.emergency(require_approval=True)).value["order"]["emergency_id"]

    def emergency_id(self):
        return self.system.must("EmergencyService/AllocateEmergency",
                                self.emergency(exercise=True)).value["order"]["emergency_id"]

    def standing(self, **fields):
        return {"control_id": self.id("C"), "der_id": self.new_der(), "power": {"max_power_kw": 20},
                "valid_until": iso(full_hour(24)), "reason": "test", **fields}

    def limit_id(self):
        return self.system.must("ControlService/PutLimit", {"limit": self.standing()}).value["limit"]["control_id"]

    def default_id(self):
        put = self.system.must("ControlService/PutDefault", {"default_control": self.standing()})
        return put.value["default_control"]["control_id"]

    def instruction(self):
        return {"der_id": self.new_der(), "power": {"power_kw": 10}, "duration": "60s", "reason": "test"}

    def told(self):
        """A DER with an instruction of its owner: what an owner may take back, too."""
        told = self.system.must("ControlService/IssueInstruction", self.instruction(), "owner-1")
        return {name: told.value["instruction"][name] for name in ("der_id", "control_id", "source")}

    def revoke(self):
        told = self.told()
        return {"der_id": told["der_id"], "control_id": told["control_id"]}

    def acknowledgement(self):
        return {**self.told(), "state": "INSTRUCTION_STATE_STARTED"}


def makers(maker):
    """RPC -> function that makes a request (or, for streams, its first message)."""
    m = maker
    return {
        "AccessService/Initialize": lambda: {"bootstrap_secret": "wrong"},
        "AccessService/WhoAmI": lambda: {},
        "AccessService/GrantRole": lambda: {"subject": m.id("p"), "role": "ROLE_OWNER"},
        "AccessService/RevokeRole": lambda: (lambda s: (m.system.must("AccessService/GrantRole", {
            "subject": s, "role": "ROLE_OWNER"}), {"subject": s, "role": "ROLE_OWNER"})[1])(m.id("p")),
        "AccessService/ListPrincipals": lambda: {},
        "AccessService/RevokeToken": lambda: {"token_id": str(uuid.uuid4())},
        "RegistryService/RegisterDer": m.register,
        "RegistryService/RegisterDers": lambda: {"items": [m.register()]},
        "RegistryService/GetDer": lambda: {"der_id": m.new_der()},
        "RegistryService/ListDers": lambda: {"page_size": 2},
        "RegistryService/UpdateDer": lambda: {"der_id": m.new_der(), "update_mask": "capacityKw", "capacity_kw": 120},
        "RegistryService/UpdateDerStatus": m.status,
        "RegistryService/UpdateDerStatuses": lambda: {"items": [m.status()]},
        "RegistryService/RetireDer": lambda: {"der_id": m.new_der()},
        "RegistryService/TransferDer": lambda: {"der_id": m.new_der(), "new_owner_id": "owner-2"},
        "RegistryService/DelegateGateway": lambda: {"der_id": m.new_der(), "gateway_id": "gateway-9"},
        "RegistryService/RecordMaintenance": m.maintenance,
        "RegistryService/ListMaintenance": lambda: {"der_id": m.new_der()},
        "RegistryService/PutRegion": lambda: {"region": {"region_id": m.id("R")}},
        "RegistryService/ListRegions": lambda: {},
        "RegistryService/PutCapacityRule": lambda: {"capacity_rule": {
            "type": "DER_TYPE_GEOTHERMAL", "min_kw": 10, "max_kw": 30000, "usual_min_kw": 300, "usual_max_kw": 15000}},
        "RegistryService/ListCapacityRules": lambda: {},
        "RegistryService/GetStats": lambda: {},
        "TelemetryService/ReportReading": lambda: {"reading": m.reading()},
        "TelemetryService/ReportReadings": lambda: {"readings": [m.reading()], "batch": 7},
        "TelemetryService/ListReadings": lambda: {"der_id": m.new_der()},
        "TelemetryService/GetPerformance": lambda: {"der_id": m.new_der(), "from": iso(full_hour(-24))},
        "TelemetryService/GetReport": lambda: {"kind": "REPORT_KIND_PERFORMANCE", "der_id": m.new_der(),
                                               "from": iso(full_hour(-24))},
        "TelemetryService/WatchEvents": lambda: {"after_sequence": 0},
        "AuditService/VerifyLog": lambda: {"limit": 10},
        "AuditService/ExportCheckpoint": lambda: {},
        "ComplianceService/EvaluateGridSupport": m.grid_evaluation,
        "ComplianceService/PutNameplate": lambda: {"der_id": m.new_der(), "nameplate": m.nameplate()},
        "ComplianceService/PutSettings": lambda: {"der_id": m.with_nameplate(), "settings": m.grid_settings()},
        "ComplianceService/GetGridSettings": lambda: {"der_id": m.with_nameplate()},
        "ComplianceService/CheckCompliance": lambda: {
            "der_id": m.with_nameplate(), "from": iso(full_hour(-24)), "settings": m.grid_settings(),
            "accuracy": {"v_pu": 0.02, "f_hz": 0.02, "power_share": 0.1}},
        "ComplianceService/GetComplianceReport": lambda: {"der_id": m.new_der(), "from": iso(full_hour(-24))},
        "SeriesService/PutSeries": m.series,
        "SeriesService/ListSeries": lambda: {},
        "SeriesService/PredictAvailability": m.geothermal,
        "SeriesService/PredictSeries": lambda: {"series_id": m.past(), "starts_at": iso(full_hour())},
        "SeriesService/BacktestForecast": lambda: {"series_id": m.past(), "test_from": iso(full_hour(-24 * 7))},
        "OptimizerService/OptimizeResources": m.optimize,
        "OptimizerService/GetRun": lambda: {"run_id": m.run_id()},
        "OptimizerService/ListRuns": lambda: {},
        "OptimizerService/WatchRun": lambda: {"run_id": m.run_id()},
        "OptimizerService/CancelRun": lambda: {"run_id": m.running_run_id()},
        "OptimizerService/ListSchedules": lambda: {},
        "OptimizerService/GetScheduleCarbon": m.schedule_carbon,
        "OptimizerService/SolveDispatch": m.solve,
        "OptimizerService/PutPolicy": m.policy,
        "OptimizerService/ListPolicies": lambda: {},
        "OptimizerService/DeletePolicy": lambda: {"policy_id": m.policy_id()},
        "EmergencyService/AllocateEmergency": m.emergency,
        "EmergencyService/ApproveEmergency": lambda: {"emergency_id": m.waiting_emergency_id(), "decline": True,
                                                      "reason": "test"},
        "EmergencyService/ReleaseEmergency": lambda: {"emergency_id": m.emergency_id()},
        "EmergencyService/GetEmergency": lambda: {"emergency_id": m.emergency_id()},
        "EmergencyService/WatchEmergency": lambda: {"emergency_id": m.emergency_id()},
        "EmergencyService/ListEmergencies": lambda: {},
        "ControlService/PutLimit": lambda: {"limit": m.standing()},
        "ControlService/ListLimits": lambda: {},
        "ControlService/EndLimit": lambda: {"control_id": m.limit_id()},
        "ControlService/PutDefault": lambda: {"default_control": m.standing()},
        "ControlService/ListDefaults": lambda: {},
        "ControlService/EndDefault": lambda: {"control_id": m.default_id()},
        "ControlService/IssueInstruction": m.instruction,
        "ControlService/RevokeInstruction": m.revoke,
        "ControlService/ListInstructions": lambda: {},
        "ControlService/AcknowledgeInstructions": lambda: {"items": [m.acknowledgement()]},
        "ControlService/PollSetpoints": lambda: {},
        "ControlService/WatchSetpoints": lambda: {"der_ids": [m.new_der()]},
        "ControlService/WhySetpoint": lambda: {"der_id": m.new_der()},
    }
